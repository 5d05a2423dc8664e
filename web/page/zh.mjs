// The page's sentences in Chinese, by the part of the page that says them. Those of "page" stand in index.html, where
// data-text names them, as an element's text or the name that it has without one.

/** @type {{
 *   page: Record<string, string>
 *   foot: import('./foot.mjs').English
 *   kept: import('./kept.mjs').English
 *   webcam: import('./webcam.mjs').English
 *   app: import('./app.mjs').English
 *   own: import('./own.mjs').English
 *   picture: import('./picture.mjs').English
 *   camera: import('./camera.mjs').English
 *   folder: import('./folder.mjs').English
 *   choose: import('./choose.mjs').English
 *   inside: import('./inside.mjs').English
 *   insideKinds: import('./inside.mjs').EnglishKinds
 *   insideTells: import('./inside.mjs').EnglishTells
 * }} */
export default {
  page: {
    pageTitle: 'SqueezeNet：这张图片里有什么？', tagline: '你的图片里有什么？就在这台设备上计算，图片不会离开设备。',
    views: '视图', viewPicture: '单张图片', viewInside: '查看内部', viewCamera: '摄像头', viewFolder: '文件夹', viewOwn: '自定义类别',
    picture: '图片', drop: '把图片拖到这里', orPaste: '也可以粘贴图片或选择文件', choose: '选择图片',
    samples: '或使用示例图片', cat: '猫', coffee: '一杯咖啡', flower: '花', temple: '寺庙', rocket: '火箭',
    loading: '正在加载网络', fetching: '正在获取程序及其权重。', copy: '复制',
    inAll: '总计', network: '网络', resize: '缩放', decode: '解码',
    about: '关于此模型与此浏览器', weights: '权重', int8: '紧凑，int8', float32: '完整，float32', check: '检验计算结果', bench: '测量此浏览器',
    proof: '你的图片不会离开此设备。页面载入之后，页面及其 Worker 的网络请求数：',
    single: '单文件版页面', singleOf: '，可保存并离线打开（2 MB）。', licences: '许可证', licencesOf: '（程序、权重与图片）',
  },
  app: {
    own: (name) => `正在使用：${name}`, back: '换回 ImageNet 类别',
    lost: (name, why) => `你的网络“${name}”无法加载（${why}）；现在使用 ImageNet 类别。`,
    noView: '页面的这一部分无法加载：网络断开了吗？请再选一次。',
    noFile: '这不是文件。请拖入或粘贴图片文件，或从其他程序复制的图像。',
  },
  picture: {
    starting: '正在启动网络。',
    bytes: (loaded, total) => `程序与权重 ${loaded}${total ? ` / ${total}` : ''} MB`,
    ready: '已就绪，请给它一张图片。', failed: '网络无法加载', looking: '识别中…', none: '这张图片没有结果',
    yours: (name) => (name ? `你的图片：${name}` : '你的图片'),
    unsure: '不确定，也许是', probably: (name) => `可能是${name}`,
    unsureHint: '它认识 1000 类事物，而这张图片里可能一种也没有。',
    hint: '指向或按下某个类别，可查看它在图片中的位置。',
  },
  choose: { noSample: '无法获取示例图片：网络断开了吗？请选择你自己的文件。' },
  foot: {
    computing: '计算中…',
    right: (hash) => `每一位都正确（${hash}）。`,
    unknown: (hash) => `计算结果为 ${hash}；此模型没有给出应有的值。`,
    wrong: (hash, expected) => `计算结果为 ${hash}，应为 ${expected}：此浏览器计算有误，请报告此问题。`,
    network: '网络', size: '规模', kernels: '计算内核', loaded: '加载', origin: '权重来源',
    parameters: (millions, classes) => `${millions} 百万个权重，${classes} 个类别`,
    loadedIn: (mb, ms) => `${mb} MB，用时 ${ms}`,
    go: 'Go：此浏览器无 SIMD，因此较慢', simd: 'SIMD', dot: 'relaxed SIMD，点积', pair: 'relaxed SIMD，成对点积',
    bench: '测量此浏览器', stop: '停止', stopped: '已停止。',
    measured: (network, runs, rate, workers, kernels) => `网络用时 ${network}（${runs} 次的中位数）；${workers} 个 Worker 每秒处理 ${rate} 张图片，含解码与缩放（${kernels}）。`,
    copied: '已复制', noClipboard: '此页面不能使用剪贴板：请在浏览器的网站设置中允许。',
    noise: '此浏览器会改动网页读取的像素（部分无痕模式如此）：结果的把握会略低。',
    names: ' 类别的中文名：Chinese-CLIP (MIT)。',
  },
  kept: {
    storing: (done, total) => `正在把此页面保存到你的设备：${done} / ${total} MB。`,
    ready: '此页面已保存在你的设备上：没有网络也能使用。',
    update: '此页面有新版本，可立即启用，或在下次访问时启用。', apply: '立即启用',
    unsupported: '此窗口（无痕？）无法保存页面：下次访问需要网络。',
    insecure: '地址不是 https，因此无法保存页面：下次访问需要网络。',
    forbidden: '此浏览器不允许页面存储数据：下次访问需要网络。',
    full: '设备空间不足，无法保存页面：下次访问需要网络。请释放一些空间。',
    incomplete: '页面未能完整保存：连接中断，或服务器正在更新。下次访问会再试。',
  },
  webcam: {
    insecure: '摄像头只能用于 https 或 localhost 页面。请改用这样的地址，或选择图片文件。',
    refused: '此页面未获准使用摄像头。请在浏览器的网站设置中允许，然后重新开始。',
    none: '没有找到摄像头。请连接摄像头后重新开始，或选择图片文件。',
    busy: '摄像头可能正被其他程序使用。请关闭它，然后重新开始。',
    gone: '那个摄像头已不在了。请选择另一个，然后重新开始。',
    failed: (why) => `摄像头无法启动（${why}）。请重新开始，或选择图片文件。`,
  },
  own: {
    intro: '教它认识你自己的类别', how: '给两个或更多类别起名，并各提供一些图片，十张左右就不错。它就在这里学习，只需几秒。',
    nth: (n) => `类别 ${n}`, add: '添加图片', camera: '摄像头', shut: '关闭摄像头', addClass: '添加类别', folders: '每个文件夹作为一个类别', without: (name) => `移除 ${name}`,
    pictures: (n) => `${n} 张图片`, drop: '把图片拖到这里，或选择图片', more: (n) => `再显示 ${n} 张`,
    bad: (n) => `${n} 张无法使用`, same: (n) => `已略过重复的图片：${n} 张。`,
    none: '这些文件中没有图片。', where: '请把图片拖到某个类别上；若每个文件夹是一个类别，可拖到任意位置。',
    hold: '按住拍摄', gone: '摄像头画面中断，请重新打开。',
    twice: (name) => `有两个类别都叫“${name}”。`, least: '至少需要两个类别。', needs: (name, pictures) => `${name}有${pictures}，至少需要两张。`,
    looking: (n) => `正在查看图片：还剩 ${n} 张。`, few: (name) => `${name}：十张以上会更可靠。`,
    learn: '开始学习', cancel: '取消', at: (done, total) => `第 ${done} / ${total} 张图片`, learning: '正在学习', cancelled: '已取消，没有任何改变。',
    judged: (share) => `正确率 ${share}`, judgedOf: (right, of) => `${of} 张中答对 ${right} 张；每张都由没有见过它的分类器判断。`,
    mistakes: (n) => `认错的图片：${n}`, taken: (name, share) => `被认作${name}（${share}）`,
    name: '名称', use: '使用', used: '正在使用。', keep: '保留', save: '存为文件', withPictures: '同时保留图片，以便下次继续',
    kept: '已保留在此浏览器中。', notKept: '尚未保留：关闭此页面后就会消失。',
    keptTitle: '保留在此设备上', nothing: '还没有。', load: '载入文件', hint: '在这里保存过的，或从其他程序的权重转换的：squeezenet convert IN OUT.sqz',
    remove: '删除', really: '确定删除？', goOn: '用它的图片继续', right: (share) => `正确率 ${share}`,
    full: '浏览器给此页面的存储空间已满：请删除这里保留的内容，或存为文件。',
    forbidden: (why) => `此浏览器不为本页面保留数据（${why}）：请存为文件。`, lost: '浏览器已将它清除。',
  },
  camera: {
    title: '摄像头', start: '开始', stop: '停止', take: '使用此画面', which: '选择摄像头', gone: '摄像头画面已中断，请重新开始。', hint: '按下某个类别，可查看它的位置。', rate: (fps) => `每秒 ${fps} 张`,
  },
  folder: {
    drop: '把文件夹拖到这里', orMany: '也可以一次拖入许多图片', choose: '选择文件夹', pictures: '选择图片',
    more: '添加图片', clear: '清空', cancel: '取消', goOn: '继续', again: '重新识别', results: '下载结果',
    doing: (done, total) => `已识别 ${done} / ${total} 张图片`,
    done: (n) => `${n} 张图片`,
    stopped: (done, total) => `已停止：识别了 ${total} 张图片中的 ${done} 张`,
    rate: (n) => `每秒 ${n} 张`, left: (time) => `还需 ${time}`,
    waiting: '正在等待网络加载…', time: (m, s) => (m !== '0' ? `${m} 分 ${s} 秒` : `${s} 秒`),
    skipped: '已略过其他文件',
    none: (n) => `这些文件（${n} 个）中没有图片（JPEG、PNG、WebP、GIF、AVIF、BMP）。`,
    changed: '来自之前所用的网络',
    progress: '已识别的图片', gallery: '图片', find: '查找名称或类别', sort: '排序', name: '按名称', class: '按类别', sure: '最确定的在前', unsure: '最不确定的在前',
    all: '全部', unread: '无法读取', moreClasses: (n) => `显示全部 ${n} 个类别`, showing: (n) => `显示 ${n} 张`,
    later: '尚未识别', cannot: (why) => `无法读取此文件（${why}），请重新选择。`,
  },
  inside: {
    net: '网络的各层', netHint: '每个方框是一层，高度对应特征图的边长，填充部分表示所占时间。请选择一层。',
    picture: '图片', yours: (name) => (name ? `你的图片：${name}` : '你的图片'),
    none: '还没有图片', noneHint: '给它一张图片，看看每一层如何处理。', pick: '指向或按下某个通道，可在图片上查看。',
    output: '输出', parameters: '参数', macs: '乘加运算', time: '本机用时', measuring: '测量中…', million: (n) => `${n} 百万`,
    reads: (names) => `输入：${names}。`, thePicture: '图片', and: '、',
    channels: (n, h, w) => `${n} 个通道，每个 ${h} × ${w}`,
    classes: (n) => `${n} 个类别`,
    order: '顺序', inOrder: '按网络顺序', byStrength: '由强到弱', own: '每个通道使用各自的色标', legend: (from, to) => `颜色从 ${from} 到 ${to}`, ownMost: '各自的最大值', ownLeast: '其相反数',
    channel: (i, n) => `第 ${i} 个通道，共 ${n} 个`,
    values: (min, mean, max) => `最小 ${min}，平均 ${mean}，最大 ${max}`,
    ready: (name, what) => `${name}：${what}。`,
  },
  insideKinds: {
    convolution: (k) => `${k} × ${k} 卷积`,
    'max pooling': '最大池化', concatenation: '拼接', sum: '相加', 'average pooling': '平均', softmax: 'softmax',
  },
  insideTells: {
    convolution: '', first: '在图片的小窗口中寻找边缘、颜色和纹理。',
    squeeze: '把前面的所有通道混合成少数几个，让后面的卷积核少读数据。网络正是因此而小。',
    expand1: '由少数通道生成许多通道，每个点只看自己。', expand3: '由少数通道生成许多通道，每个点也看它的邻点。',
    bypass: '把模块的输入变成与输出同样多的通道，以便相加。', classes: '每个类别一张图：在哪里看到它、有多强。',
    'max pooling': '保留每个窗口中的最大值，边长减半：同样的模式，更粗略。', concatenation: '模块的输出：两个 expand 的通道并排放在一起。',
    sum: '把模块的输入加到它的结果上：模块只需学习改变的部分。', 'average pooling': '每个类别图的平均值：每类一个数。', softmax: '把这些数变成概率，总和为 1。',
  },
};
